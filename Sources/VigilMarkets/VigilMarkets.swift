// VigilMarkets makes markets: from a seed, from recorded candles of any format, or from a captured feed.
//
// Entry points: `MarketGenerator`, `RecordedMarket`, `CapturedMarket`; each is a `MarketSource`.
// Invariant: doubles here use only + - * / and sqrt, as libm's other functions differ between processors.
