// VigilCoreTests
