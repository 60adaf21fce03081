"""What each page is, and what happens where its buttons are pressed, for a panel beside it."""
