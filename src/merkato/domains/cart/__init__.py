"""Cart owns what somebody means to buy, for accounts and for guests; it promises neither price nor stock."""
