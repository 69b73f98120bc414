using Microsoft.Extensions.Logging;

namespace Memory.Embeddings;

/// <summary>Logs how far a transfer has come, at every tenth.</summary>
internal sealed partial class DownloadProgress(string file, long? total, ILogger logger)
{
    private long done;
    private long tenths;

    /// <summary>Counts what arrived.</summary>
    /// <param name="bytes">How much more.</param>
    public void Add(int bytes)
    {
        done += bytes;
        if (total is > 0 && done * 10 / total.Value > tenths)
        {
            tenths = done * 10 / total.Value;
            Log.Progress(logger, file, tenths * 10, total.Value / 1_000_000d);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Fetching the embedding model's {File}: {Percent} % of {Megabytes:0.0} MB.")]
        public static partial void Progress(ILogger logger, string file, long percent, double megabytes);
    }
}
