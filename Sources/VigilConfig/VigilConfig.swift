// VigilConfig turns five YAML files into the engine's policy, or into diagnostics that say what, where
// and how to mend it. It never guesses: an unknown key, a duplicate, a wrong type or a value out of
// range is an error with its place, and all of them are found in one run.
//
// Entry point: `Configuration.load(directory:)`. Invariant: every key of `ConfigSchema` is read by
// `ConfigurationBuilder`; a test compares the two.
