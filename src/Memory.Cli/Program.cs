using Memory.Cli;

return await CommandLine.RunAsync(args);
