"""The public pools (公海): who may claim which customers, and when customers come back by themselves."""
