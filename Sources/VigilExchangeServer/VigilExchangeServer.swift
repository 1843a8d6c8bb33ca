// VigilExchangeServer is `coinbase-sim`: a Coinbase on loopback, over VigilExchange, that can be broken
// on purpose. `SimVenue` decides everything and is a plain value: requests, frames and ticks come in
// with their times, answers and frames go out. Only `Server/` knows sockets.
//
// Entry points: `SimCommand` (the program), `SimVenue.handle` (the venue).
// Invariants:
// 1. Cash and coins are conserved after every event (`/_sim/truth` says so).
// 2. One seed and one journal give one final state, in any process.
// 3. It listens on loopback and nowhere else.
//
// Source of every shape and quirk: Coinbase's documentation and recordings of its answers; what is not
// established is a switch.
