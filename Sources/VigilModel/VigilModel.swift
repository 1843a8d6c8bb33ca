// VigilModel names the things Vigil trades with: money, prices, quantities, ids, products, books,
// orders and fills. It never performs I/O, reads a clock, draws a random number of its own or
// imports another module, Foundation included.
//
// Invariants:
// 1. An amount is exact: fixed point on Int128 at 10^-18, parsed from decimal strings. What does
//    not fit is refused with an error, never rounded silently; every rounding is spelled at the call.
// 2. Amounts of two currencies never meet: adding or comparing them throws.
// 3. Every collection whose order can be observed has a defined order.
