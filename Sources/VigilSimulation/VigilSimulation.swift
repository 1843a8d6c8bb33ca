// VigilSimulation makes time, scheduling and markets reproducible: one seed gives one run, bit for
// bit, in another process and on another machine.
//
// Entry points: `SimulationExecutor` (runs the unmodified actors on one thread under a virtual
// clock), `MarketGenerator` and `RecordedMarket` (external markets for the embedded venue).
// Invariants:
// 1. Doubles here use only + - * / and sqrt: libm's other functions differ between processors.
// 2. Nothing runs on another thread: a foreign enqueue traps.
