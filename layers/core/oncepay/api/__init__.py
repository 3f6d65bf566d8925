"""HTTP words shared by the HTTP functions: calls, bodies, fields, answers, problems, cursors."""
