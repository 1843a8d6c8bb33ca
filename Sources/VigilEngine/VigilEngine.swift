// VigilEngine carries the pure cores: actors, mailboxes, routers, start-up, the kill switch.
//
// Entry point: `Engine` (one run). `Plumbing.swift` shows who writes to whom.
// Invariants:
// 1. No actor waits for another that may wait for it: commands flow downhill, answers are posted.
// 2. The kill path needs no actor to be alive.
// 3. Every mailbox states its bound and what happens when it is full.
