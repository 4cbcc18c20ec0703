import type { RequestHandler } from 'express';
import { notFound } from './http-error.ts';

/** The part of Cube's API that is served; its playground, SQL, job and system routes are not. */
const SERVED = /^\/cubejs-api\/v1\/(load|sql|meta|dry-run)$/;

/** Hides every route of Cube but those of its REST API. */
export const onlyServedCubeRoutes: RequestHandler = (request, response, next) => {
  if (SERVED.test(request.path)) next();
  else notFound(request, response, next);
};
