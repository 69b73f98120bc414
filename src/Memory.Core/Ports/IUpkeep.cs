namespace Memory.Core;

/// <summary>Work that a backend does now and then, beside its calls, so that these stay fast. Nothing is wrong as long as it has not run.</summary>
public interface IUpkeep
{
    /// <summary>Does what there is to do; another process may do the same at the same time.</summary>
    Task RunAsync(CancellationToken cancellationToken = default);
}
