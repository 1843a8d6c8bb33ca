// VigilExchangeTests
