using System.CommandLine;
using System.IO.Compression;
using System.IO.Pipelines;
using Memory.Core;
using Memory.Hosting;
using Memory.Mastra;

namespace Memory.Cli;

/// <summary><c>memory import</c>: reads conversations from a file, or from another product's database.</summary>
internal static class ImportVerb
{
    private const string Notes =
        """
        What is there already stays as it is, and an archive that was imported before, in part or whole, adds what is missing: after an interruption import it again.
        Messages that stand in the way of others are reported, with exit code 2, and nothing of theirs is changed.

        --format mastra reads the tables of Mastra Memory (mastra_threads, mastra_messages, mastra_resources) in a LibSQL file or a PostgreSQL database, which is only read. Its vectors
        are not taken over: they do not say which model made them. Configure an embedder, and the service makes new ones.
        """;

    /// <summary>The verb.</summary>
    public static VerbCommand Create()
    {
        var file = new Argument<string?>("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "The archive; compressed when its name ends in .gz. '-' is standard input." };
        var format = new Option<string>("--format") { HelpName = "FORMAT", Description = "memory (an archive; when not given) or mastra (its database, named by --from).", DefaultValueFactory = _ => "memory" };
        format.AcceptOnlyFromAmong("memory", "mastra");
        var from = new Option<string?>("--from") { HelpName = "URL", Description = "For --format mastra: file:PATH, postgres://…, or env:NAME for a variable that holds one." };
        var schema = new Option<string>("--schema") { HelpName = "NAME", Description = "For --format mastra: the PostgreSQL schema of its tables.", DefaultValueFactory = _ => "public" };
        return VerbCommand.Of(
            "import", "Reads conversations from an archive that 'memory export' or the API's export wrote, or from another product's database.",
            """
            memory import backup.ndjson.gz
            gunzip -c backup.ndjson.gz | memory import - --url env:DATABASE_URL
            memory import --format mastra --from file:./mastra.db
            """,
            Notes,
            async (line, cancellationToken) =>
            {
                var isMastra = line.Get(format) == "mastra";
                var path = line.Find(file) ?? "";
                if ((line.Get(from) is not null) != isMastra || path.Length > 0 == isMastra)
                {
                    throw new UsageException(isMastra ? "--format mastra needs --from and no FILE." : "FILE is needed, or --format mastra with --from.");
                }

                if (!isMastra && path != "-" && !File.Exists(path))
                {
                    throw new UsageException($"There is no file {path}.");
                }

                var mastra = isMastra ? Source(line, from, line.Get(schema)!) : null; // it has a default
                await using var backend = line.Open(mustExist: false);
                await backend.Messages.CheckAsync(cancellationToken);
                var import = new ImportMemory(backend.Ports, backend.Clock);
                return await Transfers.RunAsync(
                    line, "Importing messages", isDryRun: false,
                    progress => mastra is null
                        ? ReadAsync(path, archive => import.RunAsync(archive, backend.Embed is not null, progress, cancellationToken), cancellationToken)
                        : import.RunAsync(mastra.ReadAsync(cancellationToken), backend.Embed is not null, progress, cancellationToken),
                    mastra is null ? null : () => mastra.Notes);
            },
            [file, format, from, schema, CommonOptions.Url]);
    }

    private static MastraArchive Source(VerbLine line, Option<string?> from, string schema)
    {
        var url = line.Parse(from, line.Get(from)!); // needed, as the caller has made sure
        return url.Backend switch
        {
            StorageChoice.Postgres => MastraArchive.Open(url.Address, schema),
            StorageChoice.LibSql when url.Address.StartsWith("file:", StringComparison.Ordinal) => MastraArchive.Open(url.Address["file:".Length..]),
            _ => throw new UsageException("--from must be a file or a PostgreSQL database for --format mastra: file:PATH, postgres://…, or env:NAME."),
        };
    }

    private static async Task<TransferReport> ReadAsync(string path, Func<IAsyncEnumerable<ArchiveRecord>, Task<TransferReport>> import, CancellationToken cancellationToken)
    {
        await using var stream = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        await using var plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        var input = PipeReader.Create(plain, new StreamPipeReaderOptions(bufferSize: 256 * 1024, leaveOpen: true));
        try
        {
            return await import(new ArchiveReader(input).ReadAsync(cancellationToken));
        }
        finally
        {
            await input.CompleteAsync();
        }
    }
}
