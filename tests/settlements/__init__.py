"""How is reconciliation proved? By files whose outcome is known before the function sees them.

    world.py         payments and refunds as plain data
    generator.py     a world and a file with seeded breaks, and the list of what was seeded
    scripts.py       the little stories that it interleaves: rows of one payment, in order
    hazards.py       rows that nobody can read, and files that are wrong as a whole
    naive_csv.py     CSV, read one character after the other
    oracle.py        what must come out of a world and a file, derived a second time
    world_writer.py  puts a world into the tables, in the stored layout

None of it imports the project's code: what checks it must not share its mistakes.
"""
