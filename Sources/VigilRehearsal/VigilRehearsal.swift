// VigilRehearsal runs the whole engine where nothing is at stake: days, bad half hours, drills.
//
// Entry points: `RehearsalRunner`, `SimulationRunner`, `DrillRunner`.
// Invariant: the engine is the daemon's, unchanged; only time, threads, venue and sinks differ.
