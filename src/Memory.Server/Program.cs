using Memory.Server;

return await ServerHost.RunAsync(args);
