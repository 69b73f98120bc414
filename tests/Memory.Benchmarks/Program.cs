using System.CommandLine;
using Memory.Benchmarks.Costs;
using Memory.Benchmarks.Documents;
using Memory.Benchmarks.Eval;
using Memory.Benchmarks.Faults;
using Memory.Benchmarks.Growth;
using Memory.Benchmarks.Hostile;
using Memory.Benchmarks.LibSql;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Micro;
using Memory.Benchmarks.Migration;
using Memory.Benchmarks.Plots;
using Memory.Benchmarks.Traffic;
using Memory.Benchmarks.Upstash;

var root = new RootCommand("Measures the product: how well it recalls, how fast it is, what it takes.")
{
    EvalCommand.Create(), FusionCommand.Create(), RunCommand.Create(), GrowthCommand.Create(), GrowthPlotCommand.Create(), LoadCommand.Create(), LoadPlotCommand.Create(),
    CostsCommand.Create(), UpstashCommand.Create(), LibSqlCommand.Create(), MigrateCommand.Create(), HostileCommand.Create(), FaultsCommand.Create(), MicroCommand.Create(), DocumentCommand.Create(),
};

// A run that is cancelled removes what it has made, which can take longer than the usual two seconds.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
