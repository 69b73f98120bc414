using System.CommandLine;

namespace Memory.Benchmarks.Load;

/// <summary>The options by which a command is told what to measure: a backend, and where it is.</summary>
internal sealed class BackendOptions
{
    private readonly Option<string> backend = new("--backend") { Description = "Which backend to measure.", DefaultValueFactory = _ => BackendChoice.LibSql };
    private readonly Dictionary<string, Option<string?>> places = new()
    {
        [BackendChoice.Postgres] = new("--postgres")
        {
            Description = "With --backend postgres: the database, as Npgsql's connection string. The run has schemas of its own there, and removes them.",
        },
        [BackendChoice.Upstash] = new("--redis")
        {
            Description = "With --backend upstash: the Redis behind the stand-ins of its services, as HOST:PORT. The run takes empty databases of it, and leaves them empty.",
        },
        [BackendChoice.Sqld] = new("--sqld")
        {
            Description = "With --backend sqld: libSQL's server, the program. The run starts its own, each with an empty database, and ends them.",
        },
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        backend.AcceptOnlyFromAmong([BackendChoice.LibSql, .. places.Keys]);
        command.Add(backend);
        foreach (var (name, place) in places)
        {
            command.Add(place);
            command.Validators.Add(line =>
            {
                if ((line.GetValue(backend) == name) != (line.GetValue(place) is not null))
                {
                    line.AddError($"--backend {name} and {place.Name} need each other.");
                }
            });
        }
    }

    /// <summary>What they say.</summary>
    public BackendChoice Read(ParseResult line)
    {
        var name = line.GetRequiredValue(backend);
        return new BackendChoice(name, places.TryGetValue(name, out var place) ? line.GetRequiredValue(place)! : ""); // a validator made sure of it
    }
}
