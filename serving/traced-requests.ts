import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { modelNameSchema } from '../domain/references.js';
import { REFUSAL_HEADER } from '../domain/serving-refusals.js';
import { ATTRIBUTE, known } from '../telemetry/attributes.js';
import type { Traces } from '../telemetry/open-telemetry.js';
import type { Receipt } from './infer/log-rows.js';
import type { RequestTraces } from './request-traces.js';

const UNTRACED = /^\/(metrics|v2\/health)/;

interface Offered {
  readonly within: Context;
  readonly at: number;
}

/** Requests as spans. A caller's `traceparent` goes on here; without one each request is a trace of its own. */
export function createRequestTraces({ tracer }: Pick<Traces, 'tracer'>): RequestTraces {
  const requests = new WeakMap<FastifyRequest, { readonly span: Span; readonly within: Context }>();
  const offers = new WeakMap<Receipt, Offered>();
  return {
    watch: (app) => watch(app, tracer, requests),
    answered: ({ model_version: version, outputs }) => {
      const attributes = { [ATTRIBUTE.version]: Number(version), [ATTRIBUTE.rows]: outputs[0]?.shape[0] };
      trace.getActiveSpan()?.setAttributes(attributes);
    },
    offered: (receipt) => void offers.set(receipt, { within: context.active(), at: Date.now() }),
    shadowScored: ({ model, version, role }, receipt) => {
      const offer = offers.get(receipt);
      if (offer === undefined) return;
      const attributes = {
        ...{ [ATTRIBUTE.model]: model, [ATTRIBUTE.version]: version, [ATTRIBUTE.role]: role },
        [ATTRIBUTE.rows]: receipt.ids.length,
      };
      tracer.startSpan(`score ${role}`, { startTime: offer.at, attributes }, offer.within).end();
    },
  };
}

function watch(
  app: FastifyInstance,
  tracer: Traces['tracer'],
  requests: WeakMap<FastifyRequest, { readonly span: Span; readonly within: Context }>,
): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { url: route } = request.routeOptions;
    if (route !== undefined && !UNTRACED.test(route)) {
      const parent = propagation.extract(context.active(), request.headers);
      const options = { kind: SpanKind.SERVER, attributes: attributesOf(request, route) };
      const span = tracer.startSpan(`${request.method} ${route}`, options, parent);
      requests.set(request, { span, within: trace.setSpan(parent, span) });
      // A caller that goes away gets no answer, and the span ends all the same: time-outs are what people look for.
      reply.raw.once('close', () => {
        if (reply.raw.writableFinished || !requests.delete(request)) return;
        span.setAttributes({ [ATTRIBUTE.error]: 'aborted' }).end();
      });
    }
    done();
  });
  // The handler runs within; what reads the body does so in the connection's own context.
  app.addHook('preHandler', (request, _reply, done) => {
    const traced = requests.get(request);
    if (traced === undefined) done();
    else context.with(traced.within, done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = requests.get(request)?.span;
    const { statusCode: status } = reply;
    const refusal = reply.getHeader(REFUSAL_HEADER);
    const error = status < 400 ? undefined : typeof refusal === 'string' ? refusal : `http-${status}`;
    span?.setAttributes(known({ 'http.response.status_code': status, [ATTRIBUTE.error]: error }));
    if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}

/** The route, not the address: a query may hold anything. */
function attributesOf({ method, params }: FastifyRequest, route: string) {
  const model = typeof params === 'object' && params !== null && 'model' in params ? params.model : undefined;
  return known({
    ...{ 'http.request.method': method, 'http.route': route },
    [ATTRIBUTE.model]: modelNameSchema.safeParse(model).data,
  });
}
