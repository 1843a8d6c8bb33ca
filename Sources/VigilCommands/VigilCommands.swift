// VigilCommands
