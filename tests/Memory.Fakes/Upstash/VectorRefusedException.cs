namespace Memory.Fakes;

/// <summary>A request that the index refuses.</summary>
internal sealed class VectorRefusedException(int status, string error) : Exception(error)
{
    public int Status => status;
}
