"""The solver's questions, asked and answered: every answer that shows something has been replayed by the reference
evaluator, every refutation has been asked again without each of its parts."""
