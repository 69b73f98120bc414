using Memory.Core;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>Whose memory an append on the queue may go to. The queue has a gate of its own, so that a token is asked for only where that is not enough.</summary>
public sealed class QueueAdmission
{
    private readonly ResourceTokens tokens;
    private readonly bool isRequired;

    internal QueueAdmission(ResourceTokens tokens, IOptions<HttpOptions> options) => (this.tokens, isRequired) = (tokens, options.Value.RequireQueueTokens);

    /// <summary>The resource to append for: that of the message's token, if it carries one, or else the one it names.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.Unauthorized"/>, <see cref="ErrorCode.Forbidden"/>.</exception>
    public async Task<string?> ResourceAsync(OperationMessage message)
    {
        if (message.Token is not { } token)
        {
            return isRequired
                ? throw new RefusedException(ErrorCode.Unauthorized, "The message has no token, and this service takes none without (Memory:Http:RequireQueueTokens).")
                : message.ResourceId;
        }

        var caller = tokens.IsOwn(token) ? await tokens.VerifyAsync(token) : null;
        if (caller is null)
        {
            throw new RefusedException(ErrorCode.Unauthorized, "The message's token is not one of this service, or has expired.");
        }

        caller.Require(AccessScopes.Write);
        return caller.ResourceOrOwn(message.ResourceId);
    }
}
