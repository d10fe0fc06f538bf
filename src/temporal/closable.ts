import { type InterceptingCall, type Interceptor, Metadata, status } from '@grpc/grpc-js';
import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

type Call = ReturnType<Parameters<Interceptor>[1]>;

/** The interceptors of a client's connection, and what they have to know before the connection is closed. */
export interface Closable {
  interceptors: Interceptor[];
  /** From now on no call reaches the channel: each fails with CANCELLED. */
  shut(): void;
}

/**
 * The SDK's retries, with an end. A retry is a timer, and one that goes off after the channel was closed throws out of
 * that timer, which ends the process (@temporalio/client 1.24 with grpc-js 1.14).
 */
export function closable(): Closable {
  let isShut = false;
  const gate: Interceptor = (options, nextCall) =>
    (isShut ? shutCall() : nextCall(options)) as InterceptingCall;
  return {
    // The last one is the nearest to the channel.
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), gate],
    shut: () => {
      isShut = true;
    },
  };
}

/** A call that is over as soon as it begins; the empty message comes first, as it does on a channel. */
function shutCall(): Call {
  const ignore = () => undefined;
  return {
    start: (_metadata, listener) => {
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.({
        code: status.CANCELLED,
        details: 'The connection is closed',
        metadata: new Metadata(),
      });
    },
    sendMessage: ignore,
    sendMessageWithContext: ignore,
    halfClose: ignore,
    startRead: ignore,
    cancelWithStatus: ignore,
    getPeer: () => '',
    getAuthContext: () => null,
  };
}
