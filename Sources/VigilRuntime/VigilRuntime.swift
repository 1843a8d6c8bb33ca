// VigilRuntime carries the pure cores: actors, mailboxes, timers, the kill path, start and stop.
//
// Entry points: `Engine` (one run), `Daemon` (the engine under systemd), `RehearsalRunner` (the engine
// under a virtual clock). `Composition.swift` shows all the plumbing.
// Invariants:
// 1. No actor waits for another that may wait for it: commands flow downhill, answers are posted.
// 2. The kill path needs no actor to be alive.
// 3. Every mailbox states its bound and what happens when it is full.
