"""Load tests that count money: many users call the API, and afterwards every cent is looked for."""
