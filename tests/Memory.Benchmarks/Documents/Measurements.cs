using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Documents;

/// <summary>The measurements that documents take their figures from, by the names of their files.</summary>
/// <param name="files">What commands wrote.</param>
internal sealed class Measurements(IReadOnlyDictionary<string, Measurement> files)
{
    private const string InProcess = Subjects.InProcess;

    /// <summary>Reads every <c>.json</c> file of a folder.</summary>
    public static Measurements Read(DirectoryInfo folder) => new(
        folder.EnumerateFiles("*.json").ToDictionary(file => Path.GetFileNameWithoutExtension(file.Name), file => Measurement.Parse(File.ReadAllText(file.FullName))));

    /// <summary>One measurement.</summary>
    public Measurement this[string name] =>
        files.GetValueOrDefault(name) ?? throw new InvalidOperationException($"There is no measurement '{name}', only {string.Join(", ", files.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>The measurements whose names begin so, by what follows.</summary>
    public IEnumerable<KeyValuePair<string, Measurement>> Beginning(string prefix) =>
        files.Where(file => file.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => KeyValuePair.Create(file.Key[prefix.Length..], file.Value));

    /// <summary>The command that made a measurement.</summary>
    public string Command(string name) => this[name].Facts["command line"];

    /// <summary>The median over a run's rounds, of ours in process unless another subject is named.</summary>
    public double Median(string name, string work, string subject = InProcess) => Outcome.Median(Rounds(name, work, subject, "figure"));

    /// <summary>The median over a run's rounds of the 95th percentile.</summary>
    public double Tail(string name, string work, string subject = InProcess) => Outcome.Median(Rounds(name, work, subject, "p95"));

    /// <summary>The median over a run's rounds of how many times another subject's figure ours is within the round, so that a machine that slows down half-way does not decide it.</summary>
    public double Ratio(string name, string work, string other, string ours = InProcess, string column = "figure") =>
        Outcome.Median(Rounds(name, work, ours, column).Zip(Rounds(name, work, other, column), (one, another) => one / another));

    private List<double> Rounds(string name, string work, string subject, string column)
    {
        var table = this[name].Table(Report.Rounds);
        var at = table.Columns.Select(one => one.Name).ToList().IndexOf(column);
        var found = table.Rows.Where(row => row[0].Text == work && row[1].Text == subject).Select(row => row[at].Number).OfType<double>().ToList();
        return found.Count > 0 ? found : throw new InvalidOperationException($"The measurement '{name}' has no {column} of '{work}', {subject}.");
    }
}
