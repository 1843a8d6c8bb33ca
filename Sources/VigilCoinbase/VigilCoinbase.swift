// VigilCoinbase speaks Coinbase Advanced Trade: endpoints, channels, tokens, parsing, request budget.
//
// What is not known is never guessed: a call ends as answered, refused or unknown, a frame that cannot
// be read closes its connection, and a product that does not parse is left out and counted.
