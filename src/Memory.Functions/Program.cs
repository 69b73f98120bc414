using Memory.Functions;
using Memory.Hosting;
using Memory.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddMemory(builder.Configuration, builder.Environment);
builder.Services.AddMemoryHttp(builder.Configuration.GetSection("Memory:Http"));
builder.Services.AddMemoryQueueHandlers();
builder.Services.AddTriggeredQueues(builder.Configuration);
builder.Services.AddMemoryTelemetry(builder.Configuration);
builder.Services.AddSingleton<IStartupFilter, EscapedPaths>();
await builder.Build().RunAsync();
