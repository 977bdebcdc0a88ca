"""Cart owns what somebody means to buy, now or one day, for accounts and for guests; it promises neither price nor stock."""
