import { modelPath } from './model-repository.ts';
import { PortableCore, transpiledModel } from './portable-core.ts';

// Part of `npm run build`: a server starts with what Cube's transpiler made of the shipped model.
await PortableCore.planOnly(modelPath).compileModel();
transpiledModel.ship();
