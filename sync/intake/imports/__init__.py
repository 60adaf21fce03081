"""Files through the door: kept, understood, asked about, shown row by row, taken in, undone.

arriving    a file comes and is looked at: unreadable, a question, or a preview
storing     what was confirmed is taken in, and resumed where it was killed
working     both in the background, by workers
undoing     all of it is taken back, while nothing of it was exported
"""
