// VigilRuntimeTests
