// VigilTransport is the network: HTTP and WebSocket over libcurl and wslay, on one thread of its own.
//
// It knows no venue. What must not leave while entries are stopped passes the ``EntryGate`` here, on the
// network's own thread, after the connection stands and before the first byte is written.
