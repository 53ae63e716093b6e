"""What people read: every sentence, label and number as text."""
