"""What `train_pocket.py` makes our small model of: its conversations, its tokenizer, its training and its card."""
