// The view document, version 1, as symbolnb/notebook/view.py writes it. Types only.

/**
 * @typedef {Array<number | null> | null} Shape  null: nothing known; null inside: that dimension unknown
 *
 * @typedef {{name: string, node: number, output: number}} ViewInput
 * @typedef {{name: string, shape: Shape, dtype: string | null}} ViewOutput
 * @typedef {{name: string, value: string, default: boolean}} ViewParameter
 * @typedef {"operator" | "input" | "parameter" | "auxiliary" | "label" | "slice" | "state"} ViewKind
 *   slice, state: what the body of a loop sees of a value in each step; a variable with one input
 *
 * @typedef {object} ViewNode
 * @property {number} id
 * @property {string} name
 * @property {string | null} op
 * @property {ViewKind} kind
 * @property {string} family
 * @property {ViewInput[]} inputs
 * @property {ViewOutput[]} outputs
 * @property {ViewParameter[]} parameters
 * @property {Record<string, string>} attributes
 * @property {string[]} group
 * @property {{label: string, line: number} | null} source
 * @property {{multiply_adds: number | null, parameters: number, output_bytes: number | null}} cost
 * @property {string | null} error
 * @property {{how: "given" | "declared" | "inferred", node: number | null} | null} [shape_from]  of a variable; inferred:
 *   from which operator
 *
 * @typedef {{type: string, default: string | null, doc: string}} ViewParameterDoc
 * @typedef {{doc: string, parameters: Record<string, ViewParameterDoc>}} ViewOperator
 *
 * @typedef {object} ViewDocument
 * @property {number} version
 * @property {string} title
 * @property {ViewNode[]} nodes
 * @property {Array<{node: number, output: number}>} heads
 * @property {Record<string, ViewOperator>} operators
 * @property {{nodes: number, operators: number, parameters: number, multiply_adds: number | null}} totals
 * @property {{planned: number, unplanned: number} | null} memory
 * @property {{node: number | null, message: string} | null} error
 * @property {string[]} unknown
 */

export {};
