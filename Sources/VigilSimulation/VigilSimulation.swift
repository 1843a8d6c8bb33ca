// VigilSimulation makes time, scheduling and faults reproducible: one seed gives one run, bit for bit, in another
// process and on another machine. The daemon does not link it.
//
// Entry points: `SimulationExecutor` (runs the unmodified actors on one thread under a virtual clock),
// `FaultyVenue` and `FaultyMarket` (what can go wrong with a venue and a market).
// Invariant: nothing runs on another thread; a foreign enqueue traps.
