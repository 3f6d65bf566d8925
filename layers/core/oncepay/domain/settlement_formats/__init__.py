"""How do processors write settlement files? One small file for each format; `row` says what every
row of all of them says.
"""
