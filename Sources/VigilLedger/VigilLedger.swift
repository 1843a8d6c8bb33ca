// VigilLedger
