"""How is reconciliation proved? By files whose outcome is known before the function sees them.

    world.py         payments and refunds as plain data
    generator.py     a world and a file with seeded breaks, and the list of what was seeded
    scripts.py       the little stories that it interleaves: rows of one payment, in order
    writer.py        what the stories are made of
    hazards.py       rows that nobody can read, and files that are wrong as a whole
    naive_csv.py     CSV, read one character after the other
    oracle.py        what must come out of a world and a file, derived a second time
    world_writer.py  puts a world into the tables, in the stored layout
    desk.py          the operator's side of a stack: uploads, waits, reads the run
    comparison.py    where what was booked differs from what must come out
    worker.py        the process that runs the function: its memory, its end
    proof.py         the long proof: 100,000 rows, memory, ten kills (make settlement-proof)

What judges imports none of the project's code, so that it cannot share its mistakes; only proof.py
does, to start its stacks.
"""
