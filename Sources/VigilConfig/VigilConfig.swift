// VigilConfig turns five YAML files into the engine's policy, or into diagnostics that say what, where
// and how to mend it. It never guesses: an unknown key, a duplicate, a wrong type or a value out of
// range is an error with its place, and all of them are found in one run.
//
// Entry point: `Configuration.load(directory:)`. A key is one declaration in `Keys/`: name, type, range, default,
// meaning, and the field of the policy that it fills. Invariant: no key without an effect, no field without a key;
// a test changes each key and looks.
