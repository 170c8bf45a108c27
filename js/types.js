// The view document, version 1, as symbolnb/notebook/view.py writes it. Types only.

/**
 * @typedef {Array<number | null> | null} Shape  null: nothing known; null inside: that dimension unknown
 *
 * @typedef {"added" | "removed" | "changed"} Change
 * @typedef {{what: string, name: string, before: string | null, after: string | null}} Difference
 * @typedef {{name: string, node: number, output: number, change?: Change | null}} ViewInput  change: in one half of a document
 *   of two graphs
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
 * @property {boolean} [again]  is it computed a second time while training?
 * @property {Change | null} [change]  in a document of two graphs
 * @property {Difference[]} [changes]
 * @property {number} [lost]  how many of the last inputs are there no more
 * @property {Partial<Pick<ViewNode, "name" | "op" | "family" | "inputs" | "outputs" | "parameters" | "attributes">> | null} [before]
 * @property {number} [twin]  the node in the other of two graphs that stand side by side
 *
 * @typedef {{nodes: number, operators: number, parameters: number, multiply_adds: number | null}} Totals
 * @typedef {Record<Change, number> & {title: string, heads: Array<{node: number, output: number}>, totals: Totals}} ViewDiff
 *
 * @typedef {object} ViewStatistics  what an array holds: that of an output of a node, or its gradient
 * @property {number} node
 * @property {number} output
 * @property {number} size  elements; zeros, nan and inf count some of them, the others are about the finite ones
 * @property {number} zeros
 * @property {number} nan
 * @property {number} inf
 * @property {number | null} min
 * @property {number | null} max
 * @property {number | null} mean
 * @property {number | null} std
 * @property {number[]} counts  in parts of equal width from min to max; one if both are the same, none if nothing is finite
 *
 * @typedef {{training: boolean | null, unused: string[], outputs: ViewStatistics[], gradients: ViewStatistics[]}} ViewValues
 *   training: how did it run? null: not at all, arrays alone are told of; unused: arrays of no variable
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
 * @property {Totals} totals
 * @property {{planned: number, unplanned: number, held?: number} | null} memory
 * @property {{node: number | null, message: string} | null} error
 * @property {string[]} unknown
 * @property {string[][]} [bodies]  the groups of the bodies of loops and branches with several
 * @property {{multiply_adds: number, usual: number, planned: number, without: number}} [recomputed]  what that costs and saves
 * @property {ViewValues} [values]
 * @property {ViewDiff} [diff]  of two graphs
 * @property {boolean} [beside]  do both stand side by side?
 */

export {};
