"""What tray, page and command line may ask of a running agent, and what they are told."""
