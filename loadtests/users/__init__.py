"""The kinds of users, a file each. They import locust, which makes sockets and sleeps cooperative
for its whole process: only the swarm's process imports them."""
