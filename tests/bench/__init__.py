"""`make bench`: what a call and a list cost, against a bare answer in the same minute."""
