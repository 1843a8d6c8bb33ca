// VigilConfigTests
