"""What a CRM costs a company in all its parts and years: assumptions anyone can read, and rules that add them up."""
