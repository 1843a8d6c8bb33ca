// VigilDaemon is the process: signals, control socket, service manager, and the way to Coinbase.
//
// Entry points: `Daemon` (the engine in real time), `VenueAccess` (the network and what speaks on it).
// `Composition.swift` is the one place that tells paper from LIVE.
// Invariant: nothing that fakes time, weather or a venue can be reached from here.
