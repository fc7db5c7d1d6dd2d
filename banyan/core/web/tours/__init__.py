"""Guided tours: steps over real pages, told in both languages, which may be left and taken up again."""
