// VigilDigest
