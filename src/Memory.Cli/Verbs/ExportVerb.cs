using System.CommandLine;
using System.IO.Compression;
using System.IO.Pipelines;
using Memory.Core;

namespace Memory.Cli;

/// <summary><c>memory export</c>: writes conversations into a file.</summary>
internal static class ExportVerb
{
    /// <summary>The verb.</summary>
    public static VerbCommand Create()
    {
        var file = new Argument<string>("FILE") { Description = "The file; compressed when its name ends in .gz. '-' is standard output." };
        var withoutVectors = new Option<bool>("--without-vectors") { Description = "Leave vectors out; an embedder makes them anew." };
        var force = new Option<bool>("--force") { Description = "Replace a file that is there." };
        return VerbCommand.Of(
            "export", "Writes all conversations, or some resources', into a file of NDJSON (docs/archive-format.md): a backup, or the way to anywhere else.",
            """
            memory export backup.ndjson.gz
            memory export - --resource ada --without-vectors --url env:DATABASE_URL | head
            """,
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                await backend.Messages.CheckAsync(cancellationToken);
                var archive = new ExportMemory(backend.Messages, backend.Ports.Archive, backend.Embeddings)
                    .ReadAsync(line.Get(Transfers.Resources) ?? [], !line.Get(withoutVectors), cancellationToken);
                var path = line.Get(file);
                var end = path == "-"
                    ? await WriteAsync(line, archive, Console.OpenStandardOutput(), cancellationToken)
                    : await WriteFileAsync(line, archive, path, line.Get(force), cancellationToken);
                if (path != "-" && line.Output.IsJson)
                {
                    line.Output.WriteJson(new ExportResult(path, end.Threads, end.Messages), CliJson.Default.ExportResult);
                }
                else if (path != "-")
                {
                    line.Output.WriteFields(("file", path), ("threads", $"{end.Threads}"), ("messages", $"{end.Messages}"));
                }

                return ExitCode.Done;
            },
            file, Transfers.Resources, withoutVectors, force);
    }

    // Under another name until it is whole: a file of this name is a whole archive.
    private static async Task<ArchiveEnd> WriteFileAsync(VerbLine line, IAsyncEnumerable<ArchiveRecord> archive, string path, bool force, CancellationToken cancellationToken)
    {
        if (File.Exists(path) && !force)
        {
            throw new UsageException($"{path} is there already; name another file, or replace it with --force.");
        }

        var partial = $"{path}.partial";
        try
        {
            ArchiveEnd end;
            await using (var stream = File.Create(partial))
            {
                end = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                    ? await WriteAsync(line, archive, new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true), cancellationToken)
                    : await WriteAsync(line, archive, stream, cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
            return end;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task<ArchiveEnd> WriteAsync(VerbLine line, IAsyncEnumerable<ArchiveRecord> archive, Stream stream, CancellationToken cancellationToken)
    {
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: stream is FileStream));
        var end = await VerbProgress.RunAsync(line.Error, "Exporting messages", async progress =>
        {
            var writer = new ArchiveWriter(output);
            var (threads, messages) = (0L, 0L);
            await foreach (var record in archive.WithCancellation(cancellationToken))
            {
                await writer.WriteAsync(record, cancellationToken);
                (threads, messages) = (threads + (record is ArchivedThread ? 1 : 0), messages + (record is ArchivedMessage ? 1 : 0));
                progress.Report(new TransferProgress(threads, null, messages, null));
            }

            return new ArchiveEnd(threads, messages);
        });
        await output.CompleteAsync(); // flushes what is left and closes what compresses it
        return end;
    }
}
