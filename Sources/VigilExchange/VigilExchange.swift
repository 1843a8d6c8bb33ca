// VigilExchange is a venue: books, queues, orders, fees, holds and balances of one account. PAPER,
// the embedded exchange and every simulation trade here. It never reads a clock or draws a random
// number of its own; time and events come in, reports go out.
//
// Entry points: `MatchingEngine` (pure), `PaperStore` (its durable store).
// Invariants:
// 1. For every currency, the account, the counterparties and the fees together hold exactly what was
//    deposited (`Accounts.imbalance`), after every event.
// 2. No balance and no hold is ever below zero.
// 3. A resting order fills at its own price, and only after the volume that was ahead of it.
