namespace Memory.Fakes;

/// <summary>One command of a request: what Redis is sent for it, if anything, and what its reply becomes.</summary>
internal sealed class RedisStep
{
    private readonly Func<RedisReply, RedisReply> become;
    private readonly bool countsCalls;

    private RedisStep(RedisCommand? sent, RedisReply? reply, Func<RedisReply, RedisReply> become, bool countsCalls) =>
        (Sent, Reply, this.become, this.countsCalls) = (sent, reply, become, countsCalls);

    /// <summary>What Redis is sent; null when the reply is known without it.</summary>
    public RedisCommand? Sent { get; }

    /// <summary>The reply, once there is one.</summary>
    public RedisReply? Reply { get; private set; }

    /// <summary>Whether it was refused before Redis saw it, and with it the transaction it is in.</summary>
    public bool IsRefused { get; private init; }

    /// <summary>What is billed for it: a command, and what a script calls. That a command that fails is billed and a refused one is not is a guess.</summary>
    public int Billed { get; private set; }

    public static RedisStep Of(RedisReply reply) => new(null, reply, same => same, countsCalls: false) { Billed = 1 };

    public static RedisStep Of(RedisCommand sent, Func<RedisReply, RedisReply> become) => new(sent, null, become, countsCalls: false);

    /// <summary>A script, which Redis answers with the number of its calls and its result.</summary>
    public static RedisStep OfScript(RedisCommand sent) => new(sent, null, reply => reply.Items.Count > 1 ? reply.Items[1] : reply.IsError ? reply : RedisReply.Null, countsCalls: true);

    public static RedisStep Refused(string error) => new(null, RedisReply.Error(error), same => same, countsCalls: false) { IsRefused = true };

    /// <summary>Takes Redis's reply.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="largest">The most bytes a result may have.</param>
    /// <returns>Whether the result was too large, and became an error.</returns>
    public bool Finish(RedisReply reply, int largest)
    {
        Billed = 1 + (countsCalls && reply.Items.Count > 0 ? (int)reply.Items[0].Number : 0);
        Reply = become(reply);
        if (Reply.Size <= largest)
        {
            return false;
        }

        Reply = RedisReply.Error(RedisLimits.Exceeded(Reply.Size, largest));
        return true;
    }
}
